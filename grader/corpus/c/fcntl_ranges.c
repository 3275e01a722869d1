// Record locks lock the bytes that one names.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void lock(int fd, short type, int who) {
    struct flock range;
    memset(&range, 0, sizeof range);
    range.l_type = type;
    range.l_whence = SEEK_SET;
#ifdef RIGHT
    (void)who;
    range.l_start = 0;
#else
    range.l_start = who;
#endif
    range.l_len = 1;
    fcntl(fd, F_SETLKW, &range);
}

int main(void) {
    FILE *file = tmpfile();
    int fd = fileno(file);
    if (ftruncate(fd, 4096) != 0)
        return 1;
    long long *total = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    for (int who = 0; who < 2; who++)
        if (fork() == 0) {
            lock(fd, F_WRLCK, who);
            *total += 5;
            lock(fd, F_UNLCK, who);
            _exit(0);
        }
    while (wait(NULL) > 0)
        ;
    printf("total %lld\n", *total);
}
