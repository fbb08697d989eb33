"""The parts behind `make run`: standard library only, because it runs before the environment exists."""

from scripts.launcher.redis_server import redis_server_binary, start_redis

__all__ = ["redis_server_binary", "start_redis"]
