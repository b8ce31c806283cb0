"""How the passport service is put together, for the command line and the embedded platform."""

from chassis.process import Blueprint
from passport.app import create_api
from passport.models import Base
from passport.settings import PassportSettings
from passport.wiring import NAME, create_service
from passport.worker import create_worker

BLUEPRINT = Blueprint(
    name=NAME,
    settings=PassportSettings,
    create_service=create_service,
    create_api=create_api,
    create_worker=create_worker,
    metadata=Base.metadata,
)
