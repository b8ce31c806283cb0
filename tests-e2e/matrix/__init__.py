"""The authorisation matrix: who may do what to whose record, multiplied out of one table and tried over HTTP."""
