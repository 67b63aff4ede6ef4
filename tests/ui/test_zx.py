from tests.ui.conftest import *
from tests.ui.looks import text_of
def colours(app):
    found=set()
    for strip in app.screen._compositor.render_strips():
        for seg in strip:
            if seg.style:
                for c in (seg.style.color, seg.style.bgcolor):
                    if c is not None: found.add((str(c.type), c.name))
    return found
async def test_n(desk):
    desk.set('[ui]\ntheme="ansi-16"\n')
    r=desk.record(); app = desk.app(r)
    async with app.run_test(size=(120,36), notifications=True) as pilot:
        desk.engine.play(r.spec.id)
        await pilot.press("3"); await pilot.pause(0.3)
        def bad(what):
            print(what, sorted(c for c in colours(app) if "TRUE" in c[0] or "EIGHT" in c[0]))
        bad("history")
        app.notify("x",severity="warning"); await pilot.pause(0.2); bad("toast"); 
        await pilot.press("slash"); await pilot.pause(0.2); bad("filter"); await pilot.press("escape")
        await pilot.press("ctrl+p"); await pilot.pause(0.2); bad("palette"); await pilot.press("escape"); await pilot.pause(0.2)
        await pilot.press("question_mark"); await pilot.pause(0.9); bad("help"); await pilot.press("escape")
        await pilot.pause(0.2)
        await pilot.press("enter"); await pilot.pause(0.2)
        app.open_device(app.shown,"fra-r8"); await pilot.pause(0.3); bad("device")
        await pilot.press("slash",*"input","enter"); await pilot.pause(0.3); bad("device find")
        print(text_of(app))
