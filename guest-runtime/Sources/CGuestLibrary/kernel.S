/* SPDX-License-Identifier: Apache-2.0
 *
 * The functions of the C library that need an operating system. A guest that calls one is not
 * linked, and the linker's message says why: each is a jump to a symbol that nobody defines, whose
 * name is a sentence. The linker asks for it only if the function is used.
 *
 * The names that begin with two underscores are the library's own, for functions that are not
 * listed.
 */
#ifdef PVHKIT_GUEST

    .code64

    .macro needs name, what
    .section .text.needs_\name, "ax", @progbits
    .globl \name
    .type \name, @function
\name:
    jmp "\name() needs \what"
    .endm

/* Files, folders and descriptors. */
    .macro needs_files names:vararg
    .irp name, \names
    needs \name, "files, and a guest has none: it reads modules, the console and xenstore"
    .endr
    .endm

    needs_files access, chdir, chmod, chown, chroot, close, copy_file_range, dup, dup2, __dup3
    needs_files dup3, epoll_create, epoll_create1, epoll_ctl, epoll_pwait, epoll_wait, eventfd
    needs_files eventfd_read, eventfd_write, faccessat, fallocate, fanotify_init, fanotify_mark
    needs_files fchdir, fchmod, fchmodat, fchown, fchownat, fcntl, fdatasync, __fdopen, fdopen
    needs_files fgetxattr, flistxattr, flock, fopen, __fopen_rb_ca, fremovexattr, freopen
    needs_files fsetxattr, __fstatat, fstatat, fstatfs, fstatvfs, fsync, ftruncate, getcwd
    needs_files getdents, getxattr, grantpt, inotify_add_watch, inotify_init, inotify_init1
    needs_files inotify_rm_watch, ioctl, isatty, lchown, lgetxattr, link, linkat, listxattr
    needs_files llistxattr, lremovexattr, __lseek, lseek, lsetxattr, mkdir, mkdirat, mknod, mknodat
    needs_files mount, msync, name_to_handle_at, open, open_by_handle_at, openat, opendir, pipe
    needs_files pipe2, pivot_root, poll, posix_fadvise, posix_fallocate, posix_openpt, ppoll, pread
    needs_files preadv, pselect, ptsname, __ptsname_r, ptsname_r, pwrite, pwritev, quotactl, read
    needs_files readahead, readdir, readlink, readlinkat, readv, remove, removexattr, rename
    needs_files renameat, renameat2, rmdir, select, sendfile, setxattr, splice, statfs, statvfs
    needs_files statx, swapoff, swapon, symlink, symlinkat, sync, sync_file_range, syncfs, tcdrain
    needs_files tcgetwinsize, tcsetwinsize, tee, tempnam, timerfd_create, timerfd_gettime
    needs_files timerfd_settime, tmpfile, tmpnam, truncate, umask, umount, umount2, unlink
    needs_files unlinkat, unlockpt, utimensat, vhangup, vmsplice, write, writev

/* Processes and users. */
    .macro needs_processes names:vararg
    .irp name, \names
    needs \name, "processes, and a guest is all there is in its domain"
    .endr
    .endm

    needs_processes _Fork, acct, capget, capset, __clone, clone, execve, fexecve, fork, getegid
    needs_processes geteuid, getgid, getgroups, getpgid, getpgrp, getpid, getppid, getpriority
    needs_processes getresgid, getresuid, getrlimit, getrusage, getsid, getuid, kill, pclose
    needs_processes personality, popen, posix_spawn, __post_Fork, prctl, prlimit, process_vm_readv
    needs_processes process_vm_writev, ptrace, raise, setegid, seteuid, setfsgid, setfsuid, setgid
    needs_processes setgroups, setns, setpgid, setpriority, setregid, setresgid, setresuid
    needs_processes setreuid, setrlimit, setsid, setuid, __setxid, system, times, unshare, vfork
    needs_processes wait, wait4, waitid, waitpid, wordexp

/* Threads. */
    .macro needs_threads names:vararg
    .irp name, \names
    needs \name, "threads, and a guest has one: use tasks (GuestConcurrency)"
    .endr
    .endm

    needs_threads __acquire_ptc, __aio_atfork, aio_cancel, __aio_close, aio_error, aio_fsync
    needs_threads aio_read, aio_return, aio_write, call_once, __cancel, cnd_broadcast, cnd_signal
    needs_threads cnd_timedwait, __dl_thread_cleanup, __do_cleanup_pop, __do_cleanup_push
    needs_threads __do_orphaned_stdio_locks, lio_listio, __membarrier, membarrier
    needs_threads __membarrier_init, mtx_lock, mtx_timedlock, mtx_trylock, mtx_unlock
    needs_threads __private_cond_signal, pthread_attr_init, pthread_barrier_destroy
    needs_threads pthread_barrier_wait, pthread_cancel, pthread_cond_broadcast
    needs_threads pthread_cond_destroy, pthread_cond_signal, __pthread_cond_timedwait
    needs_threads pthread_cond_timedwait, __pthread_create, pthread_create, __pthread_exit
    needs_threads pthread_exit, pthread_getaffinity_np, pthread_getattr_default_np
    needs_threads pthread_getschedparam, __pthread_key_create, pthread_key_create
    needs_threads __pthread_key_delete, pthread_key_delete, pthread_kill, pthread_mutex_destroy
    needs_threads __pthread_mutex_lock, pthread_mutex_lock, __pthread_mutex_timedlock
    needs_threads pthread_mutex_timedlock, __pthread_mutex_trylock, pthread_mutex_trylock
    needs_threads __pthread_mutex_trylock_owner, __pthread_mutex_unlock, pthread_mutex_unlock
    needs_threads pthread_mutexattr_setprotocol, pthread_mutexattr_setrobust, __pthread_once
    needs_threads pthread_once, __pthread_once_full, __pthread_rwlock_unlock, pthread_rwlock_unlock
    needs_threads pthread_setaffinity_np, pthread_setattr_default_np, pthread_setschedparam
    needs_threads pthread_setschedprio, pthread_sigmask, __pthread_tsd_run_dtors, __release_ptc
    needs_threads sched_get_priority_max, sched_get_priority_min, sched_getaffinity, sched_getcpu
    needs_threads sched_rr_get_interval, sched_setaffinity, sched_yield, sem_post, __synccall
    needs_threads __testcancel, thrd_create, thrd_exit, thrd_yield, __timedwait, __timedwait_cp
    needs_threads __tl_lock, __tl_sync, __tl_unlock, __vm_lock, __vm_unlock, __vm_wait, __wait

/* Signals. */
    .macro needs_signals names:vararg
    .irp name, \names
    needs \name, "signals, and a guest gets none"
    .endr
    .endm

    needs_signals __block_all_sigs, __block_app_sigs, bsd_signal, __get_handler_set, getitimer
    needs_signals __libc_sigaction, pause, __restore_sigs, setitimer, __sigaction, sigaction
    needs_signals sigaltstack, signal, signalfd, sigpending, sigqueue, sigsuspend, sigtimedwait
    needs_signals __sysv_signal, timer_create, timer_delete, timer_getoverrun, timer_gettime
    needs_signals timer_settime

/* Sockets. */
    .macro needs_sockets names:vararg
    .irp name, \names
    needs \name, "sockets, and a guest has none"
    .endr
    .endm

    needs_sockets accept, accept4, bind, connect, getaddrinfo, getifaddrs, getnameinfo, getpeername
    needs_sockets getsockname, getsockopt, if_indextoname, if_nameindex, if_nametoindex, listen
    needs_sockets recv, recvfrom, recvmmsg, recvmsg, __res_msend, __res_msend_rc, res_send
    needs_sockets __rtnetlink_enumerate, send, sendmsg, sendto, setsockopt, shutdown, socket
    needs_sockets socketpair

/* Memory that a kernel maps. */
    .macro needs_memory names:vararg
    .irp name, \names
    needs \name, "a kernel to map memory: use malloc"
    .endr
    .endm

    needs_memory __madvise, madvise, memfd_create, mincore, mlock, mlock2, mlockall, __mmap, mmap
    needs_memory __mprotect, mprotect, __mremap, mremap, munlock, munlockall, munmap, posix_madvise
    needs_memory remap_file_pages, sbrk, shmat, shmctl, shmdt, shmget

/* What else a kernel knows. */
    .macro needs_kernel names:vararg
    .irp name, \names
    needs \name, "a kernel, and a guest has none"
    .endr
    .endm

    needs_kernel arch_prctl, clock_adjtime, clock_getcpuclockid, clock_settime, delete_module
    needs_kernel init_module, ioperm, iopl, klogctl, __lsysinfo, mq_close, mq_notify, mq_open
    needs_kernel mq_setattr, mq_timedreceive, mq_timedsend, mq_unlink, msgctl, msgget, msgrcv
    needs_kernel msgsnd, reboot, semctl, semget, semop, semtimedop, setdomainname, sethostname
    needs_kernel syscall, __syscall_cp, sysconf, sysinfo, uname

/* There are no signals, so none have to be kept: the same as setjmp. */
    .section .text.sigsetjmp, "ax", @progbits
    .globl sigsetjmp, __sigsetjmp
    .type sigsetjmp, @function
    .type __sigsetjmp, @function
sigsetjmp:
__sigsetjmp:
    jmp setjmp

#endif

    .section .note.GNU-stack, "", @progbits
