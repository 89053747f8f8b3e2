@echo off
rem Starts ptpchat from a checkout on Windows. Written with care, never run: see README.
setlocal
set "ROOT=%~dp0"
where node >nul 2>nul
if errorlevel 1 (
  echo ptpchat: there is no Node.js here. Install Node.js 18 or newer with npm from https://nodejs.org, then start again. 1>&2
  exit /b 1
)
node "%ROOT%scripts\setup.mjs" "" ""
if errorlevel 1 exit /b 1
set "RUNTIME="
set "FLAGS="
for /f "usebackq tokens=1,* delims=:" %%a in (`findstr /n "^" "%ROOT%node_modules\.ptpchat-runtime"`) do (
  if "%%a"=="3" set "RUNTIME=%%b"
  if "%%a"=="4" set "FLAGS=%%b"
)
if not defined NODE_COMPILE_CACHE set "NODE_COMPILE_CACHE=%USERPROFILE%\.cache\ptpchat\compiled"
"%RUNTIME%" %FLAGS% "%ROOT%src\bin\ptpchat.ts" %*
exit /b %ERRORLEVEL%
