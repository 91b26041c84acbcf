// Every call is a line of $STAND_IN_LOG: seconds, thread, name, what it was given.
#pragma once
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static inline void note(const char* format, ...) {
    static FILE* file = getenv("STAND_IN_LOG") ? fopen(getenv("STAND_IN_LOG"), "a") : nullptr;
    if (!file) return;
    char line[512];
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int n = snprintf(line, sizeof line, "%ld.%06ld %ld ", now.tv_sec, now.tv_nsec / 1000, (long)syscall(SYS_gettid));
    va_list given;
    va_start(given, format);
    n += vsnprintf(line + n, sizeof line - n - 1, format, given);
    va_end(given);
    if (n > (int)sizeof line - 2) n = sizeof line - 2;
    line[n++] = '\n';
    fwrite(line, 1, n, file);  // one call, so that lines of two threads do not mix
    fflush(file);
}

// A number from the environment: what is to fail, how little memory there is, how long something takes.
static inline long number(const char* name, long otherwise) {
    const char* value = getenv(name);
    return value ? atol(value) : otherwise;
}

#define EXPORT extern "C" __attribute__((visibility("default")))
