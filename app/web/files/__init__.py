"""How files are answered, whoever may have them: right type, right part, and harmless in a browser (D16)."""
