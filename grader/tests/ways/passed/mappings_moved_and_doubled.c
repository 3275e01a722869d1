// Shared mappings that move, grow, are doubled, cut, protected, and touched across their edges.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
int main() {
    int fd = memfd_create("m", 0);
    ftruncate(fd, 16384);
    char *a = mmap(0, 4096, 3, MAP_SHARED, fd, 0);
    pid_t k = fork();
    if (!k) {
        a[0] = 1;
        _exit(0);
    }
    waitpid(k, 0, 0);
    char *b = mremap(a, 4096, 8192, MREMAP_MAYMOVE);
    b[4096] = 5;
    b[1] = b[0] + 1;
    char *c = mremap(b, 0, 8192, MREMAP_MAYMOVE);
    c[2] = b[1] + 1;
    printf("%d %d %d\n", b[0], b[2], c[4096]);
    char *t = mmap(0, 16384, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *d = mremap(b, 8192, 8192, MREMAP_MAYMOVE | MREMAP_FIXED, t + 4096);
    printf("%d %d\n", d == t + 4096, d[2]);
    k = fork();
    if (!k) {
        d[3] = 9;
        munmap(d, 4096);
        d[4097] = 7;
        _exit(0);
    }
    waitpid(k, 0, 0);
    printf("%d %d\n", c[3], c[4097]);
    char *x = mmap(0, 8192, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mmap(x, 4096, 3, MAP_SHARED | MAP_FIXED, fd, 0);
    x[4096] = 3;
    printf("%d\n", mprotect(x, 8192, PROT_READ));
    printf("%d %d\n", x[3], x[4096]);
    printf("%d\n", mprotect(x, 8192, 3));
    x[3] = x[4096] = 4;
    printf("%d\n", c[3]);
    long *e = (long *)(x + 4092);
    *(volatile long *)e = 0x1122334455667788;
    printf("%lx %x\n", *(volatile long *)e, *(volatile int *)(x + 4096));
    /* adjacent shared */ char *s = mmap(0, 8192, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    mmap(s + 4096, 4096, 3, MAP_SHARED | MAP_FIXED, fd, 8192);
    k = fork();
    if (!k) {
        *(volatile long *)(s + 4092) = 0x0102030405060708;
        _exit(0);
    }
    waitpid(k, 0, 0);
    printf("%lx\n", *(volatile long *)(s + 4092));
    return 0;
}
