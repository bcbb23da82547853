@echo off
rem The command of the installed TenantKeep, on the Node that came with it.
"%~dp0node.exe" --max-semi-space-size=16 "%~dp0..\app.asar.unpacked\out\main\cli.js" %*
