// A CUDA runtime without a device: memory of the device is memory of the host, copies copy, kernels compute nothing.
// Structures are written field by field at the places that CUDA 13's driver_types.h gives them.
#include "log.h"
#include <map>
#include <mutex>
#include <set>

typedef void* Stream;
struct Dim3 { unsigned x, y, z; };
enum { OK = 0, OUT_OF_MEMORY = 2, LAUNCH_FAILED = 719, CAPTURE_UNSUPPORTED = 900 };

static std::mutex lock;
static std::map<uintptr_t, size_t> on_device, pinned;
static std::set<Stream> recording;
static size_t used;
static thread_local int last;

static int fail(int code) { return last = code; }
static bool within(const std::map<uintptr_t, size_t>& blocks, const void* place) {
    auto next = blocks.upper_bound((uintptr_t)place);
    if (next == blocks.begin()) return false;
    --next;
    return (uintptr_t)place < next->first + next->second;
}
static const char* kind_of(const void* place) {
    std::lock_guard<std::mutex> held(lock);
    return within(on_device, place) ? "device" : within(pinned, place) ? "pinned" : "pageable";
}
// While a stream records in global mode, calls that may wait for the device are refused, whichever thread makes them.
static int refused(const char* name) {
    std::lock_guard<std::mutex> held(lock);
    if (recording.empty()) return OK;
    note("REFUSED %s while a stream records", name);
    return fail(CAPTURE_UNSUPPORTED);
}

static thread_local int device;
EXPORT int cudaGetDeviceCount(int* n) { *n = number("STAND_IN_DEVICES", 1); return OK; }
EXPORT int cudaGetDevice(int* n) { *n = device; return OK; }
EXPORT int cudaSetDevice(int n) { device = n; return OK; }
EXPORT int cudaDriverGetVersion(int* n) { *n = 13000; return OK; }
EXPORT int cudaRuntimeGetVersion(int* n) { *n = 13000; return OK; }
EXPORT int cudaDeviceSynchronize() { note("cudaDeviceSynchronize"); return refused("cudaDeviceSynchronize"); }
EXPORT int cudaGetDeviceProperties(char* to, int) {
    memset(to, 0, 1008);
    strcpy(to, "Stand-in GPU");
    auto put = [&](int place, int value) { memcpy(to + place, &value, sizeof value); };
    size_t memory = 80ul << 30, shared = 49152;
    memcpy(to + 288, &memory, 8);
    memcpy(to + 296, &shared, 8);
    put(304, 65536);  // registers a block
    put(308, 32);     // threads a warp
    put(320, 1024);   // threads a block, then by axis
    put(324, 1024), put(328, 1024), put(332, 64);
    put(336, 2147483647), put(340, 65535), put(344, 65535);
    put(360, 9), put(364, 0);  // compute capability
    put(384, 132);             // multiprocessors
    put(604, 2048), put(624, 233472), put(672, 232448), put(688, 32);
    return OK;
}
EXPORT int cudaDeviceGetAttribute(int* value, int which, int) {
    static const std::map<int, int> known = {{1, 1024}, {2, 1024}, {3, 1024}, {4, 64}, {5, 2147483647}, {6, 65535},
        {7, 65535}, {8, 49152}, {10, 32}, {12, 65536}, {16, 132}, {39, 2048}, {75, 9}, {81, 233472}, {82, 65536},
        {97, 232448}, {106, 32}};
    auto found = known.find(which);
    *value = found == known.end() ? 0 : found->second;
    return OK;
}
EXPORT const char* cudaGetErrorName(int code) { return code == OUT_OF_MEMORY ? "cudaErrorMemoryAllocation" : "cudaError"; }
EXPORT const char* cudaGetErrorString(int code) {
    return code == OUT_OF_MEMORY ? "out of memory"
         : code == LAUNCH_FAILED ? "unspecified launch failure"
         : code == CAPTURE_UNSUPPORTED ? "operation not permitted when stream is capturing" : "some error";
}
EXPORT int cudaGetLastError() { int code = last; last = OK; return code; }
EXPORT int cudaPeekAtLastError() { return last; }

EXPORT int cudaMemGetInfo(size_t* free, size_t* all) { *free = *all = 80ul << 30; return OK; }
EXPORT int cudaMalloc(void** to, size_t n) {
    if (int code = refused("cudaMalloc")) return code;
    std::lock_guard<std::mutex> held(lock);
    if (used + n > (size_t)number("STAND_IN_MEMORY_KIB", 1l << 30) << 10) return fail(OUT_OF_MEMORY);
    size_t whole = (n + 511) / 256 * 256;
    *to = aligned_alloc(256, whole);
    memset(*to, 0, whole);
    on_device[(uintptr_t)*to] = whole;
    used += whole;
    note("cudaMalloc %zu device %d", n, device);
    return OK;
}
EXPORT int cudaFree(void* place) {
    std::lock_guard<std::mutex> held(lock);
    auto found = on_device.find((uintptr_t)place);
    if (found == on_device.end()) return OK;
    used -= found->second;
    on_device.erase(found);
    free(place);
    return OK;
}
EXPORT int cudaFreeAsync(void* place, Stream) { return cudaFree(place); }
EXPORT int cudaMallocFromPoolAsync(void** to, size_t n, void*, Stream) { return cudaMalloc(to, n); }
EXPORT int cudaHostAlloc(void** to, size_t n, unsigned) {
    *to = aligned_alloc(4096, (n + 4095) / 4096 * 4096);
    std::lock_guard<std::mutex> held(lock);
    pinned[(uintptr_t)*to] = n;
    return OK;
}
EXPORT int cudaMallocHost(void** to, size_t n) { return cudaHostAlloc(to, n, 0); }
EXPORT int cudaHostRegister(void* place, size_t n, unsigned) {
    note("cudaHostRegister offset %zu bytes %zu", (uintptr_t)place % 4096, n);
    if (int code = refused("cudaHostRegister")) return code;
    std::lock_guard<std::mutex> held(lock);
    pinned[(uintptr_t)place] = n;
    return OK;
}
EXPORT int cudaHostUnregister(void* place) {
    note("cudaHostUnregister");
    std::lock_guard<std::mutex> held(lock);
    pinned.erase((uintptr_t)place);
    return OK;
}
EXPORT int cudaFreeHost(void* place) { cudaHostUnregister(place); free(place); return OK; }
EXPORT int cudaPointerGetAttributes(char* to, const void* place) {
    memset(to, 0, 88);
    const char* kind = kind_of(place);
    int type = kind[0] == 'd' ? 2 : kind[1] == 'i' ? 1 : 0;
    memcpy(to, &type, 4), memcpy(to + 8, &place, 8), memcpy(to + 16, &place, 8);
    return OK;
}

EXPORT int cudaMemcpy(void* to, const void* from, size_t n, int) {
    note("cudaMemcpy %s->%s %zu stream default", kind_of(from), kind_of(to), n);
    if (int code = refused("cudaMemcpy")) return code;
    memcpy(to, from, n);
    return OK;
}
EXPORT int cudaMemcpyAsync(void* to, const void* from, size_t n, int, Stream stream) {
    note("cudaMemcpyAsync %s->%s %zu stream %p", kind_of(from), kind_of(to), n, stream);
    memcpy(to, from, n);
    return OK;
}
EXPORT int cudaMemcpy2DAsync(void* to, size_t to_row, const void* from, size_t from_row, size_t n, size_t rows, int, Stream) {
    for (size_t i = 0; i < rows; i++) memcpy((char*)to + i * to_row, (const char*)from + i * from_row, n);
    return OK;
}
EXPORT int cudaMemset(void* to, int value, size_t n) { memset(to, value, n); return OK; }
EXPORT int cudaMemsetAsync(void* to, int value, size_t n, Stream) { memset(to, value, n); return OK; }

EXPORT int cudaStreamCreateWithFlags(Stream* to, unsigned flags) {
    *to = malloc(16);
    note("cudaStreamCreate flags %u stream %p device %d", flags, *to, device);
    return OK;
}
EXPORT int cudaStreamCreate(Stream* to) { return cudaStreamCreateWithFlags(to, 0); }
EXPORT int cudaStreamDestroy(Stream stream) { note("cudaStreamDestroy stream %p", stream); return OK; }
EXPORT int cudaStreamSynchronize(Stream stream) {
    note("cudaStreamSynchronize stream %p", stream);
    if (int code = refused("cudaStreamSynchronize")) return code;
    static long n_synchronised;
    usleep(number("STAND_IN_WAIT_US", 0));
    note("synchronised stream %p", stream);
    long fails_after = number("STAND_IN_FAIL_AFTER", -1);
    return fails_after >= 0 && ++n_synchronised > fails_after ? fail(LAUNCH_FAILED) : OK;
}
EXPORT int cudaStreamIsCapturing(Stream stream, int* status) {
    std::lock_guard<std::mutex> held(lock);
    *status = recording.count(stream);
    return OK;
}
EXPORT int cudaStreamBeginCapture(Stream stream, int mode) {
    note("cudaStreamBeginCapture mode %d stream %p", mode, stream);
    std::lock_guard<std::mutex> held(lock);
    recording.insert(stream);
    return OK;
}
EXPORT int cudaStreamEndCapture(Stream stream, void** graph) {
    note("cudaStreamEndCapture stream %p", stream);
    std::lock_guard<std::mutex> held(lock);
    recording.erase(stream);
    *graph = malloc(8);
    return OK;
}
EXPORT int cudaGraphInstantiate(void** to, void*, unsigned long long) { *to = malloc(8); return OK; }
EXPORT int cudaGraphLaunch(void*, Stream stream) { note("cudaGraphLaunch stream %p", stream); return OK; }

static int made(void** to) { *to = malloc(8); return OK; }
EXPORT int cudaEventCreate(void** to) { return made(to); }
EXPORT int cudaEventCreateWithFlags(void** to, unsigned) { return made(to); }
EXPORT int cudaMemPoolCreate(void** to, const void*) { return made(to); }
EXPORT int cudaLibraryLoadData(void** to, const void*, void*, void*, unsigned, void*, void*, unsigned) { return made(to); }
EXPORT int cudaLibraryGetKernel(void** to, void*, const char*) { return made(to); }
EXPORT int cudaLaunchHostFunc(Stream, void (*call)(void*), void* given) { call(given); return OK; }
EXPORT int cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int* n, const void*, int, size_t, unsigned) { *n = 2; return OK; }
EXPORT int cudaFuncGetAttributes(char* to, const void*) {
    memset(to, 0, 144);
    int threads = 1024, registers = 32, version = 90;
    memcpy(to + 24, &threads, 4), memcpy(to + 28, &registers, 4), memcpy(to + 32, &version, 4), memcpy(to + 36, &version, 4);
    return OK;
}
static int nothing() { return OK; }
EXPORT int cudaGetDriverEntryPointByVersion(const char*, void** to, unsigned, unsigned long long, int* status) {
    *to = (void*)nothing;
    if (status) *status = 0;
    return OK;
}

// Kernels: launched, named, and nothing done.
static std::map<const void*, const char*> kernels;
static int launch(const void* function, Stream stream) {
    note("kernel %s stream %p", kernels.count(function) ? kernels[function] : "?", stream);
    usleep(number("STAND_IN_LAUNCH_US", 0));
    return OK;
}
EXPORT int cudaLaunchKernel(const void* f, Dim3, Dim3, void**, size_t, Stream stream) { return launch(f, stream); }
EXPORT int cudaLaunchCooperativeKernel(const void* f, Dim3, Dim3, void**, size_t, Stream stream) { return launch(f, stream); }
EXPORT int cudaLaunchKernelExC(const char* how, const void* f, void**) { return launch(f, *(Stream*)(how + 32)); }
EXPORT int __cudaLaunchKernel(void* f, Dim3, Dim3, void**, size_t, Stream stream) { return launch(f, stream); }
EXPORT int __cudaGetKernel(void** to, const void* f) { *to = (void*)f; return OK; }
static thread_local struct { Dim3 grid, block; size_t shared; Stream stream; } pushed;
EXPORT unsigned __cudaPushCallConfiguration(Dim3 grid, Dim3 block, size_t shared, Stream stream) {
    pushed = {grid, block, shared, stream};
    return 0;
}
EXPORT int __cudaPopCallConfiguration(Dim3* grid, Dim3* block, size_t* shared, Stream* stream) {
    *grid = pushed.grid, *block = pushed.block, *shared = pushed.shared, *stream = pushed.stream;
    return OK;
}
EXPORT void** __cudaRegisterFatBinary(void*) { return (void**)calloc(2, 8); }
EXPORT void __cudaRegisterFunction(void**, const char* f, char*, const char* name, int, void*, void*, void*, void*, int*) {
    kernels[f] = name;
}
