"""All kernels of a plan as one LLVM module: for a device, or for a loop over threads on the processor."""

from collections.abc import Sequence
from dataclasses import dataclass

from codegen.cuda.kernel import DeviceKernel, Launch
from codegen.cuda.layout import Layout
from codegen.cuda.text import BUFFERS, Text
from codegen.native import triple

__all__ = ["DEVICE_TRIPLE", "KernelModule", "write_module"]

DEVICE_TRIPLE = "nvptx64-nvidia-cuda"
_DEVICE_HEAD = f"""target triple = "{DEVICE_TRIPLE}"
declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()
declare i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
declare i32 @llvm.nvvm.read.ptx.sreg.nctaid.x()
declare void @llvm.nvvm.barrier.cta.sync.aligned.all(i32)"""
# What no kernel writes is read through the cache for constants.
_CONSTANT = frozenset(("p", "tables", "times", "numbers"))
_PASSED = ", ".join(f"ptr %{name}" for name in BUFFERS)
#: libm's names that libdevice spells otherwise than with its prefix before them.
_PREFIX = "__nv_"


@dataclass(frozen=True, eq=False)
class KernelModule:
    """Kernels with their launches.

    Attributes
    ----------
    bodies : str
        The phases, which are the same for a device and for the processor.
    kernels : tuple of DeviceKernel
    launches : dict of str to Launch
    phases : dict of str to int
        How many phases each kernel has.
    library : dict of str to (str, int)
        Functions of libm and intrinsics that the phases call, with their type and number of arguments.
    """

    bodies: str
    kernels: tuple[DeviceKernel, ...]
    launches: dict[str, Launch]
    phases: dict[str, int]
    library: dict[str, tuple[str, int]]

    @property
    def functions(self) -> tuple[str, ...]:
        """Functions of libm that are called."""
        return tuple(sorted(name for name in self.library if not name.startswith("llvm.")))

    def device_text(self) -> str:
        """Return the module for a device; functions of libm carry libdevice's names."""
        head = [_DEVICE_HEAD, *self._declarations(_PREFIX)]
        entries = [self._device_entry(launch) for launch in self.launches.values()]
        bodies = self.bodies
        for name in self.functions:
            bodies = bodies.replace(f"@{name}(", f"@{_PREFIX}{name}(")
        return "\n".join([*head, bodies, *entries]) + "\n"

    def host_text(self) -> str:
        """Return the module for this processor: each kernel loops over blocks, phases and threads."""
        head = [f'target triple = "{triple()}"', *self._declarations("")]
        entries = [self._host_entry(launch) for launch in self.launches.values()]
        return "\n".join([*head, self.bodies, *entries]) + "\n"

    def _declarations(self, prefix: str) -> list[str]:
        return [
            f"declare {kind} @{'' if name.startswith('llvm.') else prefix}{name}({', '.join([kind] * count)})"
            for name, (kind, count) in sorted(self.library.items())
        ]

    def _device_entry(self, launch: Launch) -> str:
        name, shared = launch.name, "ptr null"
        lines = []
        if launch.shared:
            lines.append(f"@{name}_memory = internal addrspace(3) global [{launch.shared} x double] undef, align 8")
            shared = f"ptr addrspacecast (ptr addrspace(3) @{name}_memory to ptr)"
        pointers = ", ".join(f"ptr noalias {'readonly ' if b in _CONSTANT else ''}%{b}" for b in BUFFERS)
        lines.append(f'define ptx_kernel void @{name}({pointers}) "nvvm.maxntid"="{launch.threads}" {{')
        for register, value in (("tid", "thread"), ("ctaid", "block"), ("nctaid", "blocks")):
            lines.append(f"  %{value}32 = call i32 @llvm.nvvm.read.ptx.sreg.{register}.x()")
            lines.append(f"  %{value} = zext i32 %{value}32 to i64")
        for phase in range(self.phases[name]):
            if phase:
                lines.append("  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)")
            lines.append(f"  call void @{name}_{phase}(i64 %thread, i64 %block, i64 %blocks, {shared}, {_PASSED})")
        return "\n".join([*lines, "  ret void", "}"])

    def _host_entry(self, launch: Launch) -> str:
        """``void NAME(i64 blocks, i64 threads, double* shared, <the buffers>)``."""
        name = launch.name
        lines = [f"define void @{name}(i64 %blocks, i64 %threads, ptr %shared, {_PASSED}) {{"]
        lines += ["  br label %block_head", "block_head:"]
        last = self.phases[name] - 1
        lines.append(f"  %block = phi i64 [0, %0], [%next_block, %done_{last}]")
        lines += ["  %any = icmp ult i64 %block, %blocks", "  br i1 %any, label %head_0, label %end"]
        for k in range(last + 1):
            before = "block_head" if k == 0 else f"done_{k - 1}"
            lines += [
                f"head_{k}:",
                f"  %thread_{k} = phi i64 [0, %{before}], [%next_{k}, %body_{k}]",
                f"  %more_{k} = icmp ult i64 %thread_{k}, %threads",
                f"  br i1 %more_{k}, label %body_{k}, label %done_{k}",
                f"body_{k}:",
                f"  call void @{name}_{k}(i64 %thread_{k}, i64 %block, i64 %blocks, ptr %shared, {_PASSED})",
                f"  %next_{k} = add i64 %thread_{k}, 1",
                f"  br label %head_{k}",
                f"done_{k}:",
            ]
            if k < last:
                lines.append(f"  br label %head_{k + 1}")
        lines += ["  %next_block = add i64 %block, 1", "  br label %block_head", "end:", "  ret void", "}"]
        return "\n".join(lines)


def write_module(kernels: Sequence[DeviceKernel], layout: Layout) -> KernelModule:
    """Write the phases of kernels, in their order."""
    library: dict[str, tuple[str, int]] = {}
    bodies: list[str] = []
    launches, phases = {}, {}
    for kernel in kernels:
        blocks, threads = kernel.launch(layout)
        emits = kernel.phases(layout)
        phases[kernel.name] = len(emits)
        launches[kernel.name] = Launch(kernel.name, blocks, threads, kernel.shared(layout))
        for number, emit in enumerate(emits):
            text = Text(layout.real, library)
            emit(text, layout)
            pointers = ", ".join(f"ptr noalias %{name}" for name in BUFFERS)
            bodies.append(
                f"define internal void @{kernel.name}_{number}(i64 %thread, i64 %block, i64 %blocks, "
                f"ptr noalias %shared, {pointers}) alwaysinline nounwind {{\nentry:"
            )
            bodies += [*text.heads, *text.lines, "  ret void", "}"]
    return KernelModule("\n".join(bodies), tuple(kernels), launches, phases, library)
