"""The instruments that run inside the measured process: standard library only, installed and removed without a trace."""
