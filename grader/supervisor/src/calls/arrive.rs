//! A task arrives at a system call: what is to become of it.

use explorer::{Location, TaskId};

use crate::RunError;
use crate::confinement::DENIED;
use crate::delays::reaches_others;
use crate::engine::Engine;
use crate::error::system;
use crate::filter::ABSENT;
use crate::machine::Registers;
use crate::ptrace::{self, Until};
use crate::task::{Op, Site, State};
use crate::threads::Standing;

use super::{Condition, Deed};

/// What becomes of a call.
pub(super) enum Plan {
    /// The kernel does it; nobody notices.
    Through,
    /// It has this result without the kernel.
    Return(i64),
    /// It was done already, by way of the kernel: the task stands behind it.
    Done,
    /// Others can notice it: it waits for the scheduler.
    Visible { deed: Deed, places: Vec<Location>, ready: Condition },
    /// It is not modelled: the kernel does it, and the execution decides nothing.
    Unmodelled,
    /// The program may not do this: it fails, and is noted.
    Forbidden { what: String, errno: i32 },
}

impl Plan {
    pub(super) fn visible(deed: Deed, places: Vec<Location>, ready: Condition) -> Plan {
        Plan::Visible { deed, places, ready }
    }

    pub(super) fn fail(errno: i32) -> Plan {
        Plan::Return(-i64::from(errno))
    }
}

/// A system call's name.
pub(crate) fn name(call: i64) -> &'static str {
    usize::try_from(call).ok().and_then(syscalls::Sysno::new).map_or("unknown", |call| call.name())
}

impl Engine<'_> {
    /// `id` is about to enter a call. Returns whether it stays there, for the scheduler to say
    /// when it goes on.
    pub(crate) fn arrive(&mut self, id: TaskId) -> Result<bool, RunError> {
        let registers = self.task(id).registers;
        let call = registers.call();
        let args = registers.args();
        self.drain(id);
        if reaches_others(call) {
            self.drain_all();
        }
        // arguments in protected memory: the kernel is given the alias instead
        let plan = self.plan(id, call, args)?;
        match plan {
            Plan::Through => {
                self.through(id)?;
                Ok(matches!(self.task(id).state, State::Ended))
            }
            Plan::Return(result) => {
                self.give(id, result)?;
                Ok(false)
            }
            Plan::Done => Ok(matches!(self.task(id).state, State::Ended)),
            Plan::Visible { deed, places, ready } => {
                let site = Site {
                    call,
                    args,
                    code: registers.code(),
                    deed,
                    places,
                    ready,
                    tried: None,
                    waited: false,
                    short: false,
                    done: 0,
                };
                self.note_arrival(id, &site);
                self.task_mut(id).state = State::At(Op::Call(Box::new(site)));
                Ok(true)
            }
            Plan::Unmodelled => {
                let what = format!("system call `{}`", name(call));
                self.not_modelled_at(id, what);
                self.through(id)?;
                Ok(matches!(self.task(id).state, State::Ended))
            }
            Plan::Forbidden { what, errno } => {
                self.forbid(what);
                self.give(id, -i64::from(errno))?;
                Ok(false)
            }
        }
    }

    /// Makes the call return `result` without the kernel.
    pub(crate) fn give(&mut self, id: TaskId, result: i64) -> Result<(), RunError> {
        let pid = self.task(id).pid;
        let mut registers = self.task(id).registers;
        registers.skip_call(result);
        // the task may have been killed meanwhile: then its end comes by itself
        if registers.set(pid).is_ok() {
            self.task_mut(id).registers = registers;
        }
        Ok(())
    }

    /// Lets the kernel do a call that nobody notices, with pointers into protected memory
    /// pointed to the alias.
    fn through(&mut self, id: TaskId) -> Result<(), RunError> {
        let aliased = self.alias_arguments(id, &[]);
        if aliased.is_some() || self.is_watched(id) {
            self.kernel(id, aliased)?;
        }
        Ok(())
    }

    /// Has the kernel do the call that `id` is at, with other arguments where `args` says so,
    /// and leaves the task behind it with its own argument registers. `None` if it ended.
    pub(crate) fn kernel(&mut self, id: TaskId, args: Option<[u64; 6]>) -> Result<Option<i64>, RunError> {
        let Some(after) = self.let_through(id, args, Until::CallEnd)? else { return Ok(None) };
        if args.is_some() {
            after.set(self.task(id).pid).map_err(system("setting registers"))?;
        }
        self.task_mut(id).registers = after;
        Ok(Some(after.result()))
    }

    /// The same, where the caller sets the registers that it gets. `Until::Stop` is for tasks
    /// that get a signal right behind the call ([`ptrace::is_about_to_get`]): that stop does as
    /// well, and `SIGCHLD` ends there.
    pub(super) fn let_through(
        &mut self,
        id: TaskId,
        args: Option<[u64; 6]>,
        until: Until,
    ) -> Result<Option<Registers>, RunError> {
        let pid = self.task(id).pid;
        let call = self.task(id).registers.call();
        self.lend_arguments(id, call, args.unwrap_or(self.task(id).registers.args()), Standing::BeforeCall)?;
        let before = self.task(id).registers;
        if let Some(args) = args {
            let mut registers = before;
            for (index, arg) in args.into_iter().enumerate() {
                registers.set_arg(index, arg);
            }
            if registers.set(pid).is_err() {
                let _ = self.wait_for(id)?;
                return Ok(None);
            }
        }
        let after = loop {
            if ptrace::resume(pid, until, 0).is_err() {
                let _ = self.wait_for(id)?;
                return Ok(None);
            }
            match self.wait_for(id)? {
                None => return Ok(None),
                Some(ptrace::Stop::CallEnd) => break Registers::of(pid),
                Some(ptrace::Stop::Signal(signal)) if until == Until::Stop => {
                    if signal != libc::SIGCHLD && !(signal == libc::SIGSTOP && self.is_from_us(id)) {
                        self.translate_sender(id);
                        self.task_mut(id).deliver = signal;
                    }
                    break Registers::of(pid);
                }
                Some(ptrace::Stop::Signal(signal)) if signal != libc::SIGSTOP || !self.is_from_us(id) => {
                    self.task_mut(id).deliver = self.withhold(id, signal);
                }
                Some(_) => {}
            }
        };
        let Ok(after) = after else { return Ok(None) };
        self.take_back(id);
        let mut settled = after;
        if args.is_some() {
            settled.restore_call(&before);
        }
        Ok(Some(settled))
    }

    /// The arguments with pointers into protected memory pointed to the alias; `None` if there
    /// are none. `skip` are those that are no pointers.
    pub(crate) fn alias_arguments(&self, id: TaskId, skip: &[usize]) -> Option<[u64; 6]> {
        let mut args = self.task(id).registers.args();
        let mut changed = false;
        for (index, arg) in args.iter_mut().enumerate() {
            if skip.contains(&index) {
                continue;
            }
            if let Some((_, alias)) = self.space(id).alias(*arg) {
                *arg = alias;
                changed = true;
            }
        }
        changed.then_some(args)
    }

    #[expect(clippy::too_many_lines, reason = "a table, one line a call")]
    fn plan(&mut self, id: TaskId, call: i64, args: [u64; 6]) -> Result<Plan, RunError> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the kernel itself looks at the low half of descriptors and numbers"
        )]
        let int = |index: usize| args[index] as i32;
        // the numbers of another way to call the kernel, which few kernels still offer
        const OTHER_WAY: i64 = 0x4000_0000;
        if call & OTHER_WAY != 0 {
            return Ok(Plan::fail(libc::ENOSYS));
        }
        if let Some(plan) = self.guard(call, args) {
            return Ok(plan);
        }
        if matches!(
            call,
            libc::SYS_mmap
                | libc::SYS_munmap
                | libc::SYS_mprotect
                | libc::SYS_pkey_mprotect
                | libc::SYS_mremap
                | libc::SYS_madvise
        ) {
            self.doubt_semaphores(id, args[0], args[1]);
            if call == libc::SYS_mremap {
                self.doubt_semaphores(id, args[4], args[2]);
            }
        }
        Ok(match call {
            // memory
            libc::SYS_mmap => self.map(id, args)?,
            libc::SYS_munmap => self.unmap(id, args)?,
            libc::SYS_mprotect | libc::SYS_pkey_mprotect => self.change_protection(id, args)?,
            libc::SYS_mremap => self.remap(id, args)?,
            libc::SYS_brk => self.move_heap(id, args[0])?,
            libc::SYS_madvise | libc::SYS_msync | libc::SYS_mlock | libc::SYS_munlock | libc::SYS_mincore => {
                self.on_mapping(id, args)
            }
            libc::SYS_shmat => self.attach(id, args)?,
            libc::SYS_shmdt => self.detach(id, args)?,
            // tasks
            libc::SYS_fork => self.plan_make(id, libc::SIGCHLD as u64),
            libc::SYS_vfork => self.plan_make(id, (libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD) as u64),
            libc::SYS_clone => self.plan_make(id, args[0]),
            libc::SYS_execve | libc::SYS_execveat => self.plan_execute(id),
            libc::SYS_exit => Plan::visible(Deed::End, Vec::new(), Condition::Always),
            libc::SYS_exit_group => self.plan_exit(id),
            libc::SYS_wait4 => self.plan_wait4(id, int(0)),
            libc::SYS_waitid => self.plan_waitid(id, args),
            // who is who
            libc::SYS_getpid
            | libc::SYS_gettid
            | libc::SYS_getppid
            | libc::SYS_getpgrp
            | libc::SYS_getpgid
            | libc::SYS_getsid
            | libc::SYS_setpgid
            | libc::SYS_setsid
            | libc::SYS_set_tid_address
            | libc::SYS_get_robust_list
            | libc::SYS_sched_getaffinity
            | libc::SYS_sched_setaffinity
            | libc::SYS_getcpu
            | libc::SYS_prctl
            | libc::SYS_prlimit64
            | libc::SYS_pidfd_open
            | libc::SYS_sched_getparam
            | libc::SYS_sched_setparam
            | libc::SYS_sched_getscheduler
            | libc::SYS_sched_setscheduler
            | libc::SYS_getrandom => self.plan_identity(id, call, args),
            // signals
            libc::SYS_kill
            | libc::SYS_tkill
            | libc::SYS_tgkill
            | libc::SYS_rt_sigqueueinfo
            | libc::SYS_rt_tgsigqueueinfo
            | libc::SYS_pidfd_send_signal => self.plan_kill(id, call, args),
            libc::SYS_rt_sigaction => self.plan_sigaction(id, args)?,
            libc::SYS_rt_sigprocmask => self.plan_mask(id, args)?,
            libc::SYS_pause | libc::SYS_rt_sigsuspend | libc::SYS_rt_sigtimedwait => self.plan_pause(id, call, args),
            libc::SYS_timer_create
            | libc::SYS_timer_settime
            | libc::SYS_timer_gettime
            | libc::SYS_timer_getoverrun
            | libc::SYS_timer_delete
            | libc::SYS_timerfd_create
            | libc::SYS_timerfd_settime
            | libc::SYS_timerfd_gettime => self.plan_timer(id, call, args)?,
            libc::SYS_signalfd | libc::SYS_signalfd4 => self.make_signals(id, call, args)?,
            libc::SYS_rt_sigreturn => {
                // its registers are no arguments, and become others
                self.kernel(id, None)?;
                Plan::Done
            }
            libc::SYS_rt_sigpending => Plan::Through,
            libc::SYS_alarm | libc::SYS_setitimer | libc::SYS_getitimer => self.plan_alarm(id, call, args),
            // time
            libc::SYS_clock_gettime
            | libc::SYS_gettimeofday
            | libc::SYS_time
            | libc::SYS_clock_getres
            | libc::SYS_nanosleep
            | libc::SYS_clock_nanosleep
            | libc::SYS_sched_yield => self.plan_time(id, call, args),
            // futexes
            libc::SYS_futex => self.plan_futex(id, args),
            // descriptors
            libc::SYS_read
            | libc::SYS_readv
            | libc::SYS_pread64
            | libc::SYS_preadv
            | libc::SYS_preadv2
            | libc::SYS_recvfrom
            | libc::SYS_recvmsg
            | libc::SYS_recvmmsg
            | libc::SYS_getdents64 => self.plan_read(id, call, int(0)),
            libc::SYS_write
            | libc::SYS_writev
            | libc::SYS_pwrite64
            | libc::SYS_pwritev
            | libc::SYS_pwritev2
            | libc::SYS_sendto
            | libc::SYS_sendmsg
            | libc::SYS_sendmmsg => self.plan_write(id, call, int(0), args)?,
            libc::SYS_ftruncate
            | libc::SYS_fallocate
            | libc::SYS_lseek
            | libc::SYS_fsync
            | libc::SYS_fdatasync
            | libc::SYS_fstat => self.plan_file(id, call, int(0)),
            libc::SYS_close => self.plan_close(id, int(0)),
            libc::SYS_dup => Plan::Through,
            libc::SYS_close_range => self.plan_close_range(id, args),
            libc::SYS_dup2 | libc::SYS_dup3 => self.plan_close(id, int(1)),
            libc::SYS_pipe => self.make_pipe(id, args[0], None)?,
            libc::SYS_pipe2 => self.make_pipe(id, args[0], Some(args[1]))?,
            libc::SYS_socket => self.make_socket(id, args)?,
            libc::SYS_socketpair => self.make_socket_pair(id, args)?,
            libc::SYS_bind | libc::SYS_connect => self.plan_address(id, call, args)?,
            libc::SYS_listen | libc::SYS_shutdown => self.plan_plain_on(id, call, int(0)),
            libc::SYS_accept | libc::SYS_accept4 => self.plan_accept(id, int(0)),
            // timed receiving and sending
            libc::SYS_setsockopt
                if args[1] == libc::SOL_SOCKET as u64 && matches!(int(2), libc::SO_RCVTIMEO | libc::SO_SNDTIMEO) =>
            {
                self.set_patience(id, args)
            }
            libc::SYS_getsockopt if args[1] == libc::SOL_SOCKET as u64 && int(2) == libc::SO_PEERCRED => {
                self.tell_peer(id, args)?
            }
            libc::SYS_getsockopt | libc::SYS_setsockopt => Plan::Through,
            libc::SYS_getsockname | libc::SYS_getpeername => self.tell_address(id, args)?,
            libc::SYS_eventfd | libc::SYS_eventfd2 => self.make_event(id, call, args)?,
            libc::SYS_memfd_create => self.make_memory_file(id)?,
            libc::SYS_epoll_create | libc::SYS_epoll_create1 => self.make_epoll(id)?,
            libc::SYS_epoll_ctl => self.plan_plain_on(id, call, int(0)),
            libc::SYS_poll
            | libc::SYS_ppoll
            | libc::SYS_select
            | libc::SYS_pselect6
            | libc::SYS_epoll_wait
            | libc::SYS_epoll_pwait
            | libc::SYS_epoll_pwait2 => self.plan_poll(id, call, args),
            libc::SYS_fcntl => self.plan_fcntl(id, args)?,
            libc::SYS_ioctl => self.plan_ioctl(id, args)?,
            libc::SYS_flock => self.plan_flock(id, args),
            libc::SYS_sendfile | libc::SYS_splice | libc::SYS_tee | libc::SYS_copy_file_range => {
                self.plan_move(id, call, args)
            }
            // names
            libc::SYS_open
            | libc::SYS_openat
            | libc::SYS_creat
            | libc::SYS_unlink
            | libc::SYS_unlinkat
            | libc::SYS_rename
            | libc::SYS_renameat
            | libc::SYS_renameat2
            | libc::SYS_link
            | libc::SYS_linkat
            | libc::SYS_symlink
            | libc::SYS_symlinkat
            | libc::SYS_mkdir
            | libc::SYS_mkdirat
            | libc::SYS_rmdir
            | libc::SYS_mknod
            | libc::SYS_mknodat
            | libc::SYS_truncate
            | libc::SYS_chmod
            | libc::SYS_fchmodat
            | libc::SYS_chdir
            | libc::SYS_stat
            | libc::SYS_lstat
            | libc::SYS_newfstatat
            | libc::SYS_statx
            | libc::SYS_access
            | libc::SYS_faccessat
            | libc::SYS_faccessat2
            | libc::SYS_readlink
            | libc::SYS_readlinkat
            | libc::SYS_statfs
            | libc::SYS_utimensat
            | libc::SYS_utime
            | libc::SYS_utimes
            | libc::SYS_futimesat
            | libc::SYS_chown
            | libc::SYS_lchown
            | libc::SYS_fchownat
            | libc::SYS_setxattr
            | libc::SYS_lsetxattr
            | libc::SYS_removexattr
            | libc::SYS_lremovexattr
            | libc::SYS_listxattr
            | libc::SYS_llistxattr => self.plan_path(id, call, args)?,
            libc::SYS_mq_open
            | libc::SYS_mq_unlink
            | libc::SYS_mq_timedsend
            | libc::SYS_mq_timedreceive
            | libc::SYS_mq_notify
            | libc::SYS_mq_getsetattr => self.plan_queue(id, call, args)?,
            // System V
            libc::SYS_shmget | libc::SYS_semget | libc::SYS_msgget => self.plan_get(id, call, args)?,
            libc::SYS_shmctl | libc::SYS_semctl | libc::SYS_msgctl => self.plan_control(call, args)?,
            libc::SYS_semop | libc::SYS_semtimedop | libc::SYS_msgsnd | libc::SYS_msgrcv => {
                self.plan_systemv(id, call, args)?
            }
            // about the task itself, or about files it has open
            libc::SYS_fchmod
            | libc::SYS_fchown
            | libc::SYS_fstatfs
            | libc::SYS_fchdir
            | libc::SYS_uname
            | libc::SYS_sysinfo
            | libc::SYS_getrusage
            | libc::SYS_times
            | libc::SYS_getrlimit
            | libc::SYS_setrlimit
            | libc::SYS_getresuid
            | libc::SYS_getresgid
            | libc::SYS_getgroups
            | libc::SYS_capget
            | libc::SYS_sched_rr_get_interval
            | libc::SYS_set_mempolicy
            | libc::SYS_get_mempolicy
            | libc::SYS_mbind
            | libc::SYS_pkey_alloc
            | libc::SYS_pkey_free
            | libc::SYS_readahead
            | libc::SYS_sync_file_range
            | libc::SYS_flistxattr
            | libc::SYS_fgetxattr
            | libc::SYS_getxattr
            | libc::SYS_lgetxattr
            | libc::SYS_get_thread_area
            | libc::SYS_set_thread_area
            | libc::SYS_mlockall
            | libc::SYS_munlockall
            | libc::SYS_ioprio_get => Plan::Through,
            // what a submission may not do
            libc::SYS_ptrace if args[0] == u64::from(libc::PTRACE_TRACEME) => Plan::Return(0),
            _ if DENIED.contains(&call) && !ABSENT.contains(&call) => {
                Plan::Forbidden { what: format!("called `{}`", name(call)), errno: libc::EPERM }
            }
            libc::SYS_ptrace
            | libc::SYS_mount
            | libc::SYS_umount2
            | libc::SYS_pivot_root
            | libc::SYS_chroot
            | libc::SYS_unshare
            | libc::SYS_setns
            | libc::SYS_bpf
            | libc::SYS_perf_event_open
            | libc::SYS_keyctl
            | libc::SYS_add_key
            | libc::SYS_request_key
            | libc::SYS_process_vm_readv
            | libc::SYS_process_vm_writev
            | libc::SYS_kexec_load
            | libc::SYS_init_module
            | libc::SYS_finit_module
            | libc::SYS_delete_module
            | libc::SYS_reboot
            | libc::SYS_swapon
            | libc::SYS_swapoff
            | libc::SYS_pidfd_getfd
            | libc::SYS_seccomp
            | libc::SYS_open_by_handle_at
            | libc::SYS_fanotify_init => {
                Plan::Forbidden { what: format!("called `{}`", name(call)), errno: libc::EPERM }
            }
            // whoever is not followed may ask to be, and has the ordinary personality
            libc::SYS_personality => Plan::Return(0),
            // who goes first is the scheduler's to say; by a user's number these would reach others
            libc::SYS_setpriority | libc::SYS_ioprio_set | libc::SYS_sched_setattr => Plan::Return(0),
            libc::SYS_getcwd => self.plan_working_folder(id, args),
            libc::SYS_openat2 => Plan::fail(libc::ENOSYS),
            // calls so new that every program does without: futex_waitv and what came after it
            libc::SYS_futex_waitv.. => Plan::fail(libc::ENOSYS),
            _ => Plan::Unmodelled,
        })
    }
}
