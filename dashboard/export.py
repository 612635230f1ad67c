import flask
from dashboard.services import Services


def install(server: flask.Flask, services: Services) -> None:
    pass
