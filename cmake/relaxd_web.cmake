# The operator page: built from daemon/web by esbuild (npm ci from the lock file), gzip'd, embedded with .incbin.
add_library(relaxd_web INTERFACE)
