"""The program that runs inside the application's own interpreter and drives the application.

It is sent there as a zip file, so it uses nothing but the standard library of Python 3.9 and imports nothing of oagen.
"""
