"""How the identity service is put together."""

from chassis.process import Blueprint
from identity.app import create_api
from identity.models import Base
from identity.settings import IdentitySettings
from identity.wiring import create_service
from identity.worker import create_worker

BLUEPRINT = Blueprint(
    name="identity",
    settings=IdentitySettings,
    create_service=create_service,
    create_api=create_api,
    create_worker=create_worker,
    metadata=Base.metadata,
)
