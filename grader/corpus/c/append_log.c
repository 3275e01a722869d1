// Two write to one log: find its end and write there in one step, or in two.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    char path[] = "/tmp/corpus_log_XXXXXX";
    int made = mkstemp(path);
    for (int i = 0; i < 2; i++)
        if (fork() == 0) {
#ifdef RIGHT
            int fd = open(path, O_WRONLY | O_APPEND);
#else
            int fd = open(path, O_WRONLY);
            lseek(fd, 0, SEEK_END);
#endif
            _exit(write(fd, i ? "one\n" : "two\n", 4) != 4);
        }
    while (wait(NULL) > 0)
        ;
    struct stat log;
    fstat(made, &log);
    unlink(path);
    printf("%ld bytes\n", (long)log.st_size);
    return 0;
}
