"""Declarative base of identity's tables, and how its columns are encrypted."""

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase

import chassis.database
from chassis.crypto import Encrypted

SEALED = Encrypted("identity")


class Base(DeclarativeBase):
    """Declarative base of identity's tables."""

    metadata = sa.MetaData(naming_convention=chassis.database.Base.metadata.naming_convention)
    type_annotation_map = chassis.database.Base.type_annotation_map
