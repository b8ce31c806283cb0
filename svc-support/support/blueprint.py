"""How the support service is put together, for the command line and the embedded platform."""

from chassis.process import Blueprint
from support.app import create_api
from support.models import Base
from support.settings import SupportSettings
from support.wiring import NAME, create_service
from support.worker import create_worker

BLUEPRINT = Blueprint(
    name=NAME,
    settings=SupportSettings,
    create_service=create_service,
    create_api=create_api,
    create_worker=create_worker,
    metadata=Base.metadata,
)
