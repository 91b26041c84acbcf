// cuDNN whose every operation graph has one engine, which computes nothing.
#include "log.h"

static const int NO_SUCH_PLAN = 3000, ENGINE = 15;
struct Descriptor { int type; };

EXPORT size_t cudnnGetVersion() { return 91900; }
EXPORT const char* cudnnGetErrorString(int) { return "CUDNN_STATUS_NOT_SUPPORTED"; }
EXPORT void cudnnGetLastErrorString(char* to, size_t n) { if (n) snprintf(to, n, "no such plan"); }
EXPORT int cudnnGetStream(void*, void** to) { *to = nullptr; return 0; }
EXPORT int cudnnSetStream(void*, void* stream) { note("cudnnSetStream stream %p", stream); return 0; }
EXPORT int cudnnBackendCreateDescriptor(int type, void** to) { *to = new Descriptor{type}; return 0; }
EXPORT int cudnnBackendDestroyDescriptor(void*) { return 0; }
EXPORT int cudnnBackendSetAttribute(void*, int, int, int64_t, const void*) { return 0; }
EXPORT int cudnnBackendFinalize(void* one) {
    if (((Descriptor*)one)->type != ENGINE) return 0;
    static long n_plans;
    long fails_after = number("STAND_IN_PLANS", -1);  // how many plans are had before one is refused
    return fails_after >= 0 && ++n_plans > fails_after ? NO_SUCH_PLAN : 0;
}
EXPORT int cudnnBackendGetAttribute(void*, int which, int type, int64_t, int64_t* n, void* to) {
    const int DESCRIPTOR = 15, WORKSPACE = 202;
    if (n) *n = 1;
    if (type == DESCRIPTOR) return 0;
    if (to && (type == 2 || type == 3 || type == 11)) *(int64_t*)to = 0;
    else if (to) *(int*)to = 0;
    if (n && which != WORKSPACE) *n = to ? 1 : 0;
    if (n && type != 3 && !to) *n = 0;
    return 0;
}
EXPORT int cudnnBackendExecute(void*, void*, void*) { note("convolution"); return 0; }
EXPORT int cudnnCreate(void** to) { *to = malloc(8); return 0; }
EXPORT int cudnnCreateTensorDescriptor(void** to) { *to = malloc(8); return 0; }
EXPORT int cudnnCreateReduceTensorDescriptor(void** to) { *to = malloc(8); return 0; }
EXPORT int cudnnGetReductionIndicesSize(void*, void*, void*, void*, size_t* n) { *n = 0; return 0; }
EXPORT int cudnnGetReductionWorkspaceSize(void*, void*, void*, void*, size_t* n) { *n = 1024; return 0; }
