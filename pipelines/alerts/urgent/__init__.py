"""What is urgent: one .sql a kind of alert, each row a subject named by surrogates only.

A file opens with ``-- title:`` and ``-- title_zh:``; its SELECT yields one column `subject`, a JSON
object that says what the alert is about and stays the same while it lasts. No secrets.
"""
