// Children that stop, go on and end, told of in each form of wait.
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
int main() {
    int p[2];
    pipe(p);
    pid_t c = fork();
    if (!c) {
        raise(SIGSTOP);
        char q;
        read(p[0], &q, 1);
        _exit(3);
    }
    int s;
    waitpid(c, &s, WUNTRACED);
    printf("stopped %d %d\n", WIFSTOPPED(s), WSTOPSIG(s) == SIGSTOP);
    kill(c, SIGCONT);
    waitpid(c, &s, WCONTINUED);
    printf("cont %d\n", WIFCONTINUED(s));
    write(p[1], "x", 1);
    waitpid(c, &s, 0);
    printf("exit %d\n", WEXITSTATUS(s));
    c = fork();
    if (!c)
        for (;;)
            pause();
    kill(c, SIGSTOP);
    siginfo_t i;
    waitid(P_PID, c, &i, WSTOPPED | WNOWAIT);
    printf("%d %d\n", i.si_code == CLD_STOPPED, i.si_status == SIGSTOP);
    kill(c, SIGKILL);
    waitpid(c, &s, 0);
    printf("%d\n", WTERMSIG(s));
    c = fork();
    if (!c) {
        setpgid(0, 0);
        _exit(5);
    }
    setpgid(c, c);
    waitpid(-c, &s, 0);
    printf("%d\n", WEXITSTATUS(s));
    return 0;
}
