// A lock file made with O_EXCL; nobody removes another's.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *LOCK = "/tmp/corpus_lock_file";

static void lock(void) {
    int fd;
    while ((fd = open(LOCK, O_CREAT | O_EXCL | O_RDWR, 0600)) < 0) {
#ifdef RIGHT
        usleep(1000);
#else
        // 'it must be a stale one'
        usleep(1000);
        unlink(LOCK);
#endif
    }
    close(fd);
}

int main(void) {
    unlink(LOCK);
    int *count = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 2; i++)
        if (fork() == 0) {
            lock();
            *count += 1;
            unlink(LOCK);
            _exit(0);
        }
    wait(NULL);
    wait(NULL);
    printf("count %d\n", *count);
}
