// Gives up where no child can be made.
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
int main() {
    int p[2];
    pipe(p);
    pid_t k = fork();
    if (k < 0) {
        perror("fork");
        return 1;
    }
    if (!k) {
        write(p[1], "x", 1);
        _exit(0);
    }
    char c;
    read(p[0], &c, 1);
    wait(0);
    puts("ok");
    return 0;
}
