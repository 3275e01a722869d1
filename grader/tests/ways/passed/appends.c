// Each writes behind whatever is there, in one step.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
int main() {
    for (int i = 0; i < 3; i++)
        if (!fork()) {
            int fd = open("/tmp/log", O_CREAT | O_WRONLY | O_APPEND, 0600);
            write(fd, "hello\n", 6);
            close(fd);
            _exit(0);
        }
    while (wait(0) > 0)
        ;
    struct stat s;
    stat("/tmp/log", &s);
    printf("%ld\n", (long)s.st_size);
    unlink("/tmp/log");
    return 0;
}
