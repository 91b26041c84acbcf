// The driver's library: one card, or as many alike as STAND_IN_DEVICES says.
#include "log.h"

EXPORT int cuInit(unsigned) { return 0; }
EXPORT int cuDriverGetVersion(int* n) { *n = 13000; return 0; }
EXPORT int cuDeviceGetCount(int* n) { *n = number("STAND_IN_DEVICES", 1); return 0; }
EXPORT int cuDeviceGet(int* to, int n) { *to = n; return 0; }
EXPORT int cuDeviceGetName(char* to, int n, int) {
    const char* name = getenv("STAND_IN_NAME");
    snprintf(to, n, "%s", name ? name : "Stand-in GPU");
    return 0;
}
EXPORT int cuDeviceTotalMem_v2(size_t* to, int) { *to = 80ul << 30; return 0; }
EXPORT int cuGetErrorString(int, const char** to) { *to = "stand-in"; return 0; }
EXPORT int cuTensorMapEncodeTiled() { return 0; }
