// One process adds through the file, the other through the file's mapping.
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
int main() {
    int fd = open("/tmp/m", O_CREAT | O_RDWR, 0600);
    ftruncate(fd, 4096);
    long v = 0;
    volatile long *p = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (!fork()) {
        pread(fd, &v, 8, 0);
        v++;
        pwrite(fd, &v, 8, 0);
        _exit(0);
    }
    if (!fork()) {
        (*p)++;
        _exit(0);
    }
    while (wait(0) > 0)
        ;
    printf("%ld\n", *p);
    unlink("/tmp/m");
    return 0;
}
