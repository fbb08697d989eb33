"""The CPaaS partner portal.

Where to look:

    factory.py     builds the Flask app          config.py     every setting, read once from the environment
    db.py          the session and the commit    queue.py      names of the tasks that run later
    access/        who may do what, who sees what
    models/        tables                        services/     the rules, one module per noun
    carriers/      adapters to carriers          jobs/         bodies of the tasks
    web/           pages, receiver, client API   impp.py       the live channel to Unity clients

This package defines no names: import the module that you mean.
"""
