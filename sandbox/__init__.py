"""CloudMart's sandbox: the shop behind the reference assistant, small and real, over HTTP."""
