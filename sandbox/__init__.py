"""A stand-in for the Inteliquent cloud, for trying the portal out and for its tests.

    python -m sandbox        Services API, message broker, a handset, a mailbox; on 127.0.0.1 only

It speaks the carrier's published API over HTTP and knows nothing of the portal's code:

    services_api, message_records   /Services/2.0.0/<operation>: numbers, messaging, records
    broker, authorizations          /msgbroker/rest/<operation>: send, webhooks
    logins                          /oauth2/token and the three ways to sign in
    messages, receipts, deliveries  what was texted, and the webhooks that tell about it
    collecting                      the files of a customer's MMS, fetched as the carrier does
    faults, operations              the carrier on a bad day
    control                         /control/...: what tests and the launcher ask
    pages, handset, media, mailbox  what a person sees
    store, accounts, inventory      one SQLite file, which survives kill -9
"""
