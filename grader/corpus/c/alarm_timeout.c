// A time limit by alarm: what is late is not what never comes.
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void on_alarm(int signal) {
    (void)signal;
}

int main(void) {
    int ends[2];
    if (pipe(ends))
        return 1;
    struct sigaction action = {.sa_handler = on_alarm};
    sigaction(SIGALRM, &action, NULL);
    pid_t child = fork();
    if (child == 0) {
#ifndef RIGHT
        // longer than the parent waits
        sleep(3);
#endif
        _exit(write(ends[1], "w", 1) != 1);
    }
    alarm(1);
    char byte = '?';
    ssize_t got = read(ends[0], &byte, 1);
    alarm(0);
    waitpid(child, NULL, 0);
    puts(got == 1 ? "came" : "too late");
    return 0;
}
