"""How delivery is put together, for its command line and for the embedded platform."""

from chassis.process import Blueprint
from delivery.app import create_api
from delivery.models import Base
from delivery.settings import DeliverySettings
from delivery.wiring import NAME, create_service
from delivery.worker import create_worker

BLUEPRINT = Blueprint(
    name=NAME,
    settings=DeliverySettings,
    create_service=create_service,
    create_api=create_api,
    create_worker=create_worker,
    metadata=Base.metadata,
)
