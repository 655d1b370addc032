/* A driver library without a device: memory is the process's own, and kernels are functions that have been registered.
   What is launched while a stream is captured is kept, and run when the graph is launched. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef void (*kernel_t)(int64_t, int64_t, double *, void *, void *, void *, void *, void *, void *, void *, void *,
                         void *);

struct entry { char name[64]; kernel_t kernel; };
struct launch { struct entry *entry; int64_t blocks, threads; void *arguments[9]; };
struct graph { struct launch launches[65536]; int count; };

static struct entry entries[256];
static int entry_count, capturing, alive, counts[3]; /* launches, graph launches, captures */
static struct graph *captured;
static double shared[1 << 16];
static char module_text[64];

void pretend_register(const char *name, void *kernel) {
    strncpy(entries[entry_count].name, name, 63);
    entries[entry_count++].kernel = (kernel_t)kernel;
}
void pretend_forget(void) { entry_count = 0; memset(counts, 0, sizeof counts); }
int pretend_count(int which) { return which == 3 ? alive : counts[which]; }
const char *pretend_text(void) { return module_text; }

static void run(struct launch *l) {
    void **a = l->arguments;
    l->entry->kernel(l->blocks, l->threads, shared, a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8]);
}

int cuInit(unsigned flags) { return flags ? 1 : 0; }
int cuDeviceGetCount(int *n) { *n = 1; return 0; }
int cuDeviceGet(int *device, int number) { *device = number + 7; return 0; }
int cuDeviceGetName(char *name, int length, int device) {
    if (device != 7) return 101;
    strncpy(name, "Pretended device", length);
    return 0;
}
int cuDeviceGetAttribute(int *value, int attribute, int device) {
    *value = attribute == 75 ? 9 : 0;
    return device == 7 && (attribute == 75 || attribute == 76) ? 0 : 1;
}
int cuDevicePrimaryCtxRetain(void **context, int device) { *context = &entries; return device == 7 ? 0 : 101; }
int cuCtxSetCurrent(void *context) { return context == &entries ? 0 : 201; }
int cuStreamCreate(void **stream, unsigned flags) { *stream = shared; return flags == 1 ? 0 : 1; }
int cuStreamSynchronize(void *stream) { return stream == shared && !capturing ? 0 : 900; }
int cuStreamDestroy_v2(void *stream) { return stream == shared ? 0 : 400; }
int cuModuleLoadDataEx(void **module, const char *image, unsigned count, int *options, void **values) {
    if (count != 2 || options[0] != 5 || options[1] != 6 || (uintptr_t)values[1] != 8192) return 1;
    if (!strstr(image, ".visible .entry")) { strcpy((char *)values[0], "no entry"); return 218; }
    strncpy(module_text, image + strcspn(image, "."), 63);
    *module = module_text;
    return 0;
}
int cuModuleGetFunction(void **function, void *module, const char *name) {
    for (int i = 0; i < entry_count; i++)
        if (!strcmp(entries[i].name, name)) { *function = &entries[i]; return module == module_text ? 0 : 400; }
    return 500;
}
int cuModuleUnload(void *module) { return module == module_text ? 0 : 400; }
int cuMemAlloc_v2(uint64_t *address, size_t size) {
    if (size > (1u << 28)) return 2;
    alive++;
    *address = (uintptr_t)malloc(size);
    return size ? 0 : 1;
}
int cuMemFree_v2(uint64_t address) { alive--; free((void *)(uintptr_t)address); return 0; }
int cuMemsetD8Async(uint64_t address, unsigned char value, size_t size, void *stream) {
    memset((void *)(uintptr_t)address, value, size);
    return stream == shared ? 0 : 400;
}
int cuMemcpyHtoDAsync_v2(uint64_t target, const void *source, size_t size, void *stream) {
    memcpy((void *)(uintptr_t)target, source, size);
    return stream == shared && !capturing ? 0 : 900;
}
int cuMemcpyDtoHAsync_v2(void *target, uint64_t source, size_t size, void *stream) {
    memcpy(target, (void *)(uintptr_t)source, size);
    return stream == shared && !capturing ? 0 : 900;
}
int cuLaunchKernel(void *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                   unsigned bytes, void *stream, void **parameters, void **extra) {
    struct launch l = {function, gx, bx, {0}};
    if (gy != 1 || gz != 1 || by != 1 || bz != 1 || bytes || extra || stream != shared || bx > 1024) return 1;
    for (int i = 0; i < 9; i++) l.arguments[i] = (void *)(uintptr_t) * (uint64_t *)parameters[i];
    counts[0]++;
    if (capturing) captured->launches[captured->count++] = l;
    else run(&l);
    return 0;
}
int cuStreamBeginCapture_v2(void *stream, int mode) {
    capturing = 1;
    counts[2]++;
    captured = calloc(1, sizeof *captured);
    return stream == shared && mode == 1 ? 0 : 1;
}
int cuStreamEndCapture(void *stream, void **graph) { capturing = 0; *graph = captured; return stream == shared ? 0 : 1; }
int cuGraphInstantiateWithFlags(void **executable, void *graph, unsigned long long flags) {
    *executable = graph;
    return flags ? 1 : 0;
}
int cuGraphLaunch(void *executable, void *stream) {
    struct graph *g = executable;
    counts[1]++;
    for (int i = 0; i < g->count; i++) run(&g->launches[i]);
    return stream == shared ? 0 : 1;
}
int cuGraphExecDestroy(void *executable) { return executable ? 0 : 1; }
int cuGraphDestroy(void *graph) { free(graph); return 0; }
int cuGetErrorString(int code, const char **text) { *text = code == 218 ? "invalid PTX" : code == 2 ? "out of memory" : "pretended error"; return 0; }
