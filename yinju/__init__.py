"""The root of the errors that are meant for people: `index`, `models`, `rag` and `ui` all raise children of it.

YinjuError
├── index   LibraryError  ReadError  FilterError  MentionError
├── models  ModelError ── PullError  BusyError
├── rag     SettingsError  ConversationsError  QuestionSetError  WatchError
└── ui      AuthError  PortTakenError  RequestError  MembersError  DeniedError  AuditError  FullError

It stands beside the packages because two of them must not know each other. Whatever else is raised is a bug.
"""

from __future__ import annotations


class YinjuError(Exception):
    """What a person can cure: the message says what happened, where, and what to do about it."""
