"""What Unity clients call: JSON at /client/v1, refusals as problem+json (RFC 9457)."""
