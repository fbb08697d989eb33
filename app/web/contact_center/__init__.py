"""The Contact Center tab: contact centers, queues with members, and In Office Profiles."""
