// Descriptors passed, peers named, time-outs, many messages at once, splice and sendfile.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
static void sendfd(int s, int fd) {
    char c = 'x';
    struct iovec v = {&c, 1};
    char buf[CMSG_SPACE(sizeof(int))];
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = buf, .msg_controllen = sizeof buf};
    struct cmsghdr *h = CMSG_FIRSTHDR(&m);
    h->cmsg_level = SOL_SOCKET;
    h->cmsg_type = SCM_RIGHTS;
    h->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(h), &fd, sizeof fd);
    sendmsg(s, &m, 0);
}
static int recvfd(int s) {
    char c;
    struct iovec v = {&c, 1};
    char buf[CMSG_SPACE(sizeof(int))];
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = buf, .msg_controllen = sizeof buf};
    recvmsg(s, &m, 0);
    int fd;
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof fd);
    return fd;
}
int main() {
    int s[2];
    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s);
    int p[2];
    pipe(p);
    if (!fork()) {
        close(s[0]);
        int fd = recvfd(s[1]);
        write(fd, "via", 3);
        _exit(0);
    }
    close(s[1]);
    sendfd(s[0], p[1]);
    close(p[1]);
    char b[16] = {0};
    int n = 0, r;
    while ((r = read(p[0], b + n, 8)) > 0)
        n += r;
    printf("%s\n", b);
    wait(0);
    int l = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un a = {AF_UNIX, "/tmp/sock"};
    bind(l, (void *)&a, sizeof a);
    listen(l, 5);
    pid_t k = fork();
    if (!k) {
        int c = socket(AF_UNIX, SOCK_STREAM, 0);
        connect(c, (void *)&a, sizeof a);
        write(c, "hi", 2);
        shutdown(c, SHUT_WR);
        char q[8];
        int n = read(c, q, 8);
        _exit(n);
    }
    int c = accept(l, 0, 0);
    struct ucred u;
    socklen_t ul = sizeof u;
    getsockopt(c, SOL_SOCKET, SO_PEERCRED, &u, &ul);
    printf("%d\n", u.pid == k);
    memset(b, 0, 16);
    n = 0;
    while ((r = read(c, b + n, 8)) > 0)
        n += r;
    printf("%s\n", b);
    write(c, "abc", 3);
    int st;
    wait(&st);
    printf("%d\n", WEXITSTATUS(st));
    unlink("/tmp/sock");
    struct timeval tv = {1, 0};
    setsockopt(c, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
    int d[2];
    socketpair(AF_UNIX, SOCK_DGRAM, 0, d);
    setsockopt(d[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
    r = recv(d[0], b, 8, 0);
    printf("%d %d\n", r, errno == EAGAIN);
    struct iovec iv[2] = {{"one", 3}, {"two", 3}};
    struct mmsghdr mm[2] = {{{.msg_iov = iv, .msg_iovlen = 1}}, {{.msg_iov = iv + 1, .msg_iovlen = 1}}};
    if (!fork()) {
        printf("%d\n", sendmmsg(d[1], mm, 2, 0));
        fflush(stdout);
        _exit(0);
    }
    char x[2][8] = {{0}};
    struct iovec ir[2] = {{x[0], 8}, {x[1], 8}};
    struct mmsghdr mr[2] = {{{.msg_iov = ir, .msg_iovlen = 1}}, {{.msg_iov = ir + 1, .msg_iovlen = 1}}};
    wait(0);
    r = recvmmsg(d[0], mr, 2, 0, 0);
    printf("%d %s %s\n", r, x[0], x[1]);
    int q[2], w[2];
    pipe(q);
    pipe(w);
    if (!fork()) {
        usleep(10);
        write(q[1], "spliced", 7);
        _exit(0);
    }
    r = splice(q[0], 0, w[1], 0, 7, 0);
    printf("%d\n", r);
    memset(b, 0, 16);
    read(w[0], b, 8);
    printf("%s\n", b);
    wait(0);
    int f = open("/tmp/f", O_CREAT | O_RDWR, 0600);
    write(f, "filedata", 8);
    lseek(f, 0, SEEK_SET);
    r = sendfile(w[1], f, 0, 8);
    memset(b, 0, 16);
    read(w[0], b, 8);
    printf("%d %s\n", r, b);
    unlink("/tmp/f");
    return 0;
}
