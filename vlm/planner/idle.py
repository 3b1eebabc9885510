"""Words of an order that ask for nothing of their own: how it is to be done, and what people say around it. Data for `unheeded`."""

from __future__ import annotations

_ORDERS = """
accept add apply archive attach begin book bookmark buy cancel clear close collapse complete confirm continue convert copy create cut
delete display download empty end erase execute exit expand export finish format forward hide install launch leave lock log maximise
maximize minimise minimize mute paste pay print quit redo refresh reload remove rename reply reset restart run save search send share
show sign skip start stop store submit undo unlock upload
"""
_IDLE = """
a able about above activate activated active actually additional advance after afterwards again ahead all allow alone already alright also
always am among an and another answer answers any anyone anything apart app appears appreciate are as asap ask asked asks at away back bar
basically be because been before beforehand begin beginning behind being below beside bit bother both bottom box boxes bring browser but
button buttons by calculator call called can cant careful carefully case category chance change changes characters check checkbox
checkboxes checked checking checkmark cheers choice choices choose choosing chosen click clicked clicking clicks closes combination combo
comes command computer conclusion contents context corner could created current cursor deactivate dear desktop dialog dialogue did
different directly directory disable disabled disabling do document documents doing done dont double down drag dragging drop dropdown
dropping during each easy editor element else enable enabled enabling end ensure enter entered entering entitled entries entry even every
everybody everyone everything exactly except favor favour field fields file files fill filling finally find fine first firstly flip focus
folder folders follow followed following follows for forget form found from front full further get gets getting give go goes going gone
good grab grateful great hands hang happened happens has have having he head hello help her here heres hey hi highlighted him his hit
hitting hold hope hotkey how hurry i icon icons if ill image immediately in initially input insert inserting inside instead instructions
into invoke is isnt it itd item items its jump just keep key keyboard keys kind kindly know known label labeled labelled last lastly later
leave left let lets letter like line lines link links list listen little loaded locate longer look lost lot lots lower made main make
making manager many mark marked mate may maybe me means menu menubar menus message middle might mind minute minutes miss mode moment more
morning mouse move moving much must my myself name named navigate near need needs never new next nice no not note nothing now of off ok
okay on once one only onto open opened opening opens opt option options or order other ought our ourselves out outside over page pages
pane panel path pause perfect perform perhaps phrase pick picking picture place please pls plus plz point pointer pop popup possible
preferences press pressed pressing proceed program programs prompt prompted provide pull punch push pushing put putting question quick
quickly quite radio rather read reading reads really remember reply respond rest result return rid right round row running said same say
saying says screen scroll scrolling sec secondary secondly seconds secs section see select selected selecting selection sentence set
setting settings shall she shortcut should shown side simple simply since single site slide small so some somebody someone something soon
sorry specify start starts step steps still straight strike stuff submenu subsequently suggest supply supposed sure swap switch switched
tab tabs take taking tap tapped tapping task teen tell terminal text than thank thanks that thats the their them then there thereafter
theres these they thing things thirdly this through throw thx tick ticked ticking till time times title titled to toggle told too toolbar
top touch touched touching toward towards trigger triple try turn turned two type typed typing uncheck unchecked unchecking under untick
unticked unticking until up upon upper urgent us use using usual value very via view viewer visible visit wait waiting want wants was
watch way we web well were what whatever whats wheel when whenever where wherever which whichever while whole why will window windows with
within without wonder word words work worked would write writing written yes yet you youll your youre yourself youve
"""
ORDERS = frozenset(_ORDERS.split())
"""What is an order where it stands alone ("and finish"), and idle beside what is to be done ("finish by clicking OK")."""
DEEDS = frozenset({"paste", "cut", "copy", "undo", "redo", "delete", "save", "print", "close", "quit", "send", "empty", "erase"})
"""Orders that are not done by whatever else their clause asks for ("paste it into a new window")."""
IDLE = frozenset(_IDLE.split()) - ORDERS
