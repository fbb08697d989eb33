"""What the receiver is compared with: Flask and psycopg, one row inserted, nothing else."""

from __future__ import annotations

import os
from queue import LifoQueue

import psycopg
from flask import Flask, Response, jsonify, request

TABLE = "CREATE TABLE IF NOT EXISTS bare (id bigserial PRIMARY KEY, reference text, words text)"
_INSERT = "INSERT INTO bare (reference, words) VALUES (%s, %s)"
_ADDRESS = os.environ.get("DATABASE_URL", "").replace("+psycopg", "")

app = Flask("bare")
_pool: LifoQueue[psycopg.Connection] = LifoQueue()


@app.post("/bare")
def insert() -> Response:
    call = request.get_json()
    connection = psycopg.connect(_ADDRESS) if _pool.empty() else _pool.get()
    with connection.transaction():
        connection.execute(_INSERT, (call["referenceId"], call["text"]))
    _pool.put(connection)
    return jsonify(statusCode="200", status="success")
