// One memory file, mapped twice: two addresses, one counter.
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int fd = memfd_create("counter", 0);
    if (ftruncate(fd, 8192) != 0)
        return 1;
    int *here = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    int *there = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 4096);
    int *places[2] = {&here[1024 + 5], &there[5]};
    for (int i = 0; i < 2; i++)
        if (fork() == 0) {
            int *count = places[i];
#ifdef RIGHT
            __sync_add_and_fetch(count, 1);
#else
            ++*count;
#endif
            _exit(0);
        }
    while (wait(NULL) > 0)
        ;
    printf("%d %d\n", here[1029], there[5]);
}
