// A helper, executed, finds the shared memory by its name.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int *map(const char *name, int flags) {
    int fd = shm_open(name, flags, 0600);
    if (fd < 0 || ftruncate(fd, 4096) != 0)
        exit(1);
    int *words = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return words;
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "help") == 0) {
        int *words = map(argv[2], O_RDWR);
#ifdef RIGHT
        __atomic_fetch_add(&words[100], 3, __ATOMIC_RELAXED);
#else
        words[100] += 3;
#endif
        return 0;
    }
    const char *name = "/corpus_exec_named_memory";
    shm_unlink(name);
    int *words = map(name, O_CREAT | O_EXCL | O_RDWR);
    for (int i = 0; i < 2; i++) {
        if (fork() == 0) {
            execl("/proc/self/exe", argv[0], "help", name, (char *)NULL);
            _exit(127);
        }
    }
    while (wait(NULL) > 0)
        ;
    printf("%d\n", words[100]);
    shm_unlink(name);
    return 0;
}
