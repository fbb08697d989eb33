"""Every tab of the portal. Importing a module puts its tab on the bar: the order here is the order there."""

# ruff: noqa: F401, I001
from app.web.nodes import providers
from app.web.nodes import details
from app.web.media_streams import views as media_streams
from app.web.automatic_assignment import views as automatic_assignment
from app.web.branding import views as branding
from app.web.hostnames import views as hostnames
from app.web.portal_users import views as portal_users
from app.web.portal_users import security
from app.web.licences import views as licences
from app.web.nodes import children
from app.web.history import views as history
from app.web.user_templates import views as user_templates
from app.web.contact_center import views as contact_center
from app.web.activity import views as activity
from app.web.numbers import views as numbers
from app.web.messages import views as messages
from app.web.carrier_calls import views as carrier_calls
from app.web.security_events import views as security_events
from app.web.consent import views as consent

# These are reached from a page, not from the bar.
from app.web.bulk import views as bulk
from app.web.client_password import views as client_password
from app.web.components import views as components
from app.web.licences import changing as licence
from app.web.nodes import closing
from app.web.contact_center import centers, profiles, queues
from app.web.media_streams import adding as add_stream
from app.web.numbers import adding
from app.web.numbers import at_carrier
from app.web.numbers import consents
from app.web.platforms import views as platforms
from app.web.search import views as search
