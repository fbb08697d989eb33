"""What a WSGI server loads."""

import gc

from app.factory import create_app

app = create_app()
# What was made up to here stays for good. Looking through it for garbage would hold up a request at times.
gc.collect()
gc.freeze()
