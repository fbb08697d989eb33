"""All addresses of the web client: importing them puts them on its blueprint."""

from app.web.unity import blocking, events, files, opting_out, signing_in, views, writing

__all__ = ["blocking", "events", "files", "opting_out", "signing_in", "views", "writing"]
