// A program puts a file of the system's in the place of its standard input, and reads on in it
// later: each execution from where this one stood.
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    char bytes[8];
    close(0);
    open("/proc/self/exe", O_RDONLY);
    read(0, bytes, 4);
    int *counter = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int child = 0; child < 2; child++) {
        if (fork() == 0) {
            __atomic_add_fetch(counter, 1, __ATOMIC_SEQ_CST);
            _exit(0);
        }
    }
    while (wait(NULL) > 0) {
    }
    read(0, bytes, 4);
    printf("%d, at byte %d\n", *counter, (int)lseek(0, 0, SEEK_CUR));
    return 0;
}
