/* Fails one call in a row, or all from one on: FAULT is "CALL:NUMBER:ERRNO", with a "+" at its end for all;
   with an ERRNO of 0 the process is killed before the call.
   A call counts where its file, or one of its names, lies below FAULT_BELOW. FAULT_COUNT names a file that gets
   a letter for each call. Loaded by LD_PRELOAD into a program that is not changed. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int counted;

static int is_below(const char *path) {
    const char *below = getenv("FAULT_BELOW");
    return below && !strncmp(path, below, strlen(below));
}

static int is_file_below(int file) {
    char name[64], path[PATH_MAX];
    snprintf(name, sizeof name, "/proc/self/fd/%d", file);
    ssize_t length = readlink(name, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return is_below(path);
}

static int is_name_below(int folder, const char *name) {
    return name[0] == '/' || folder == AT_FDCWD ? is_below(name) : is_file_below(folder);
}

static void note(const char *call) {
    static int (*real_open)(const char *, int, ...);
    static ssize_t (*real_write)(int, const void *, size_t);
    const char *name = getenv("FAULT_COUNT");
    if (!name) return;
    if (!real_open) real_open = dlsym(RTLD_NEXT, "open");
    if (!real_write) real_write = dlsym(RTLD_NEXT, "write");
    int file = real_open(name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    char line[32];
    int length = snprintf(line, sizeof line, "%s\n", call);
    if (file >= 0) { (void)!real_write(file, line, length); close(file); }
}

/* Whether this call fails, with errno set. */
static int fails(const char *call) {
    const char *fault = getenv("FAULT");
    char wanted[32];
    int number, code;
    char more = 0;
    note(call);
    if (!fault || sscanf(fault, "%31[^:]:%d:%d%c", wanted, &number, &code, &more) < 3) return 0;
    if (strcmp(wanted, call)) return 0;
    int now = __sync_add_and_fetch(&counted, 1);
    if (now != number && !(more == '+' && now > number)) return 0;
    if (!code) kill(getpid(), SIGKILL);
    errno = code;
    return 1;
}

#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

ssize_t write(int file, const void *data, size_t size) {
    REAL(write);
    return is_file_below(file) && fails("write") ? -1 : real(file, data, size);
}
ssize_t pwrite(int file, const void *data, size_t size, off_t at) {
    REAL(pwrite);
    return is_file_below(file) && fails("write") ? -1 : real(file, data, size, at);
}
ssize_t pwrite64(int file, const void *data, size_t size, off64_t at) {
    REAL(pwrite64);
    return is_file_below(file) && fails("write") ? -1 : real(file, data, size, at);
}
int fsync(int file) {
    REAL(fsync);
    return is_file_below(file) && fails("sync") ? -1 : real(file);
}
int fdatasync(int file) {
    REAL(fdatasync);
    return is_file_below(file) && fails("sync") ? -1 : real(file);
}
int ftruncate(int file, off_t size) {
    REAL(ftruncate);
    return is_file_below(file) && fails("truncate") ? -1 : real(file, size);
}
int ftruncate64(int file, off64_t size) {
    REAL(ftruncate64);
    return is_file_below(file) && fails("truncate") ? -1 : real(file, size);
}
int posix_fallocate(int file, off_t at, off_t size) {
    REAL(posix_fallocate);
    return is_file_below(file) && fails("truncate") ? errno : real(file, at, size);
}
int posix_fallocate64(int file, off64_t at, off64_t size) {
    REAL(posix_fallocate64);
    return is_file_below(file) && fails("truncate") ? errno : real(file, at, size);
}
int link(const char *from, const char *to) {
    REAL(link);
    return is_below(to) && fails("link") ? -1 : real(from, to);
}
int linkat(int folder, const char *from, int other, const char *to, int flags) {
    REAL(linkat);
    return is_name_below(other, to) && fails("link") ? -1 : real(folder, from, other, to, flags);
}
int rename(const char *from, const char *to) {
    REAL(rename);
    return is_below(to) && fails("link") ? -1 : real(from, to);
}
int renameat(int folder, const char *from, int other, const char *to) {
    REAL(renameat);
    return is_name_below(other, to) && fails("link") ? -1 : real(folder, from, other, to);
}
int unlink(const char *path) {
    REAL(unlink);
    return is_below(path) && fails("unlink") ? -1 : real(path);
}
int unlinkat(int folder, const char *path, int flags) {
    REAL(unlinkat);
    return is_name_below(folder, path) && fails("unlink") ? -1 : real(folder, path, flags);
}
