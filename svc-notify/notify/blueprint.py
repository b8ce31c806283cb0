"""How notify is put together, for the command line and for the platform in one process."""

from chassis.process import Blueprint
from notify.app import create_api
from notify.models import Base
from notify.settings import NotifySettings
from notify.wiring import NAME, create_service
from notify.worker import create_worker

BLUEPRINT = Blueprint(
    name=NAME,
    settings=NotifySettings,
    create_service=create_service,
    create_api=create_api,
    create_worker=create_worker,
    metadata=Base.metadata,
)
