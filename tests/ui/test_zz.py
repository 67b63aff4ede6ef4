import asyncio, sys
from pathlib import Path
import pytest
from tests.ui.conftest import *
from tests.ui.looks import text_of
from tests.ui.recording import EPOCH
from datetime import timedelta
def shot(app,name):
    p=Path("/tmp/uih"); p.mkdir(exist_ok=True)
    (p/(name+".svg")).write_text(app.export_screenshot())
@pytest.mark.parametrize("size",[(80,24),(120,36)])
async def test_x(desk,size):
    desk.set('[ui.keys]\n"history.opn"="o"\n"history.again"="ctlr+p"\n"history.copy"="j"\n')
    r1 = desk.record(); r2=desk.record(desk.spec(job="20260105-2210-health-check-aaaa")); r3=desk.record(desk.spec(job="20260105-2220-ospf-bbbb",where="country=DE"))
    app = desk.app(r1,r2,r3)
    async with app.run_test(size=size) as pilot:
        await pilot.pause(0.3)
        print(text_of(app)); shot(app,f"notices{size[0]}")
        app.clear_notifications()
        desk.engine.play(r1.spec.id); desk.clock=desk.engine.play(r2.spec.id,100)
        desk.engine.play(r3.spec.id)
        await pilot.press("3"); await pilot.pause(0.3)
        print(text_of(app)); shot(app,f"history{size[0]}")
        await pilot.press("j"); await pilot.pause(0.2); print(text_of(app))
        await pilot.press("u"); await pilot.pause(0.3); print(text_of(app))
        await pilot.press("escape"); await pilot.pause(0.2)
        await pilot.press("ctrl+p"); await pilot.pause(0.3); print(text_of(app)); shot(app,f"palette{size[0]}")
        await pilot.press(*"light","enter"); await pilot.pause(0.3); print(text_of(app)); shot(app,f"light{size[0]}")
        await pilot.press("question_mark"); await pilot.pause(0.7); print(text_of(app)); shot(app,f"help{size[0]}")
        await pilot.press("s"); await pilot.pause(0.2); print(text_of(app));
        await pilot.press("down","down","down","down","down","down","enter"); await pilot.pause(0.2); print(text_of(app)); shot(app,f"help2{size[0]}")
        await pilot.press("slash",*"grant","enter"); await pilot.pause(0.3); print(text_of(app)); shot(app,f"help3{size[0]}")
