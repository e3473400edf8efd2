"""The server of the queue: connecting to it, and refusing one that would throw work away."""

from redis import Redis
from redis.exceptions import RedisError

from insurer.kernel.errors import Unavailable


def connect(redis_url: str) -> Redis:
    """Return a connection that gives up after seconds instead of hanging."""
    return Redis.from_url(redis_url, socket_timeout=10, socket_connect_timeout=5)


def check_queue_server(connection: Redis) -> None:
    """Refuse a server that throws keys away when its memory is full.

    Work would not be lost, but it would be late each time. A server that does not answer now, or hides
    its settings, passes.

    Raises:
        Unavailable: the policy is another than ``noeviction``.
    """
    try:
        policy = connection.config_get("maxmemory-policy").get("maxmemory-policy", "noeviction")
    except RedisError:
        return
    if policy != "noeviction":
        raise Unavailable(
            f"队列服务器的 maxmemory-policy 是 {policy}，内存满时会丢掉排队的工作。请改为 noeviction 后再启动"
        )
