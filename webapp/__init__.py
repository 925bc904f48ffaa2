"""The Flask app: reader, library, desk, API, feeds."""
