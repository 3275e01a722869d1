// A name outlives its program until somebody removes it.
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    const char *name = "/corpus_name_left_behind";
#ifdef RIGHT
    shm_unlink(name);
#endif
    int fd = shm_open(name, O_CREAT | O_RDWR, 0600);
    if (fd < 0 || ftruncate(fd, 4096) != 0)
        return 1;
    char *text = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fork() == 0) {
        snprintf(text, 4096, "hello");
        _exit(0);
    }
    wait(NULL);
    puts(text);
#ifdef RIGHT
    shm_unlink(name);
#endif
    return 0;
}
