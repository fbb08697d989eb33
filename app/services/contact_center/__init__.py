"""Contact centers: queues, media streams, hours, and what goes on in them."""
