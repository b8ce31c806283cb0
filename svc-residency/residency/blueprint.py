"""How the residency service is put together, for the command line and the embedded platform."""

from chassis.process import Blueprint
from residency.app import create_api
from residency.models import Base
from residency.settings import ResidencySettings
from residency.wiring import NAME, create_service
from residency.worker import create_worker

BLUEPRINT = Blueprint(
    name=NAME,
    settings=ResidencySettings,
    create_service=create_service,
    create_api=create_api,
    create_worker=create_worker,
    metadata=Base.metadata,
)
